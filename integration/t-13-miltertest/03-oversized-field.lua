-- A field of 60,000 bytes, and a thousand of 1,000 bytes.
dofile("integration/t-13-miltertest/steps.lua")
local conn = open()
envelope(conn)
head(conn, "large fields")
good(mt.header(conn, "X-Large", " " .. string.rep("a", 60000)), "large")
for number = 1, 1000 do mt.header(conn, "X-Many", " " .. string.rep("b", 1000)) end
mt.eoh(conn)
mt.bodystring(conn, "http://large.example/\r\n")
good(mt.eom(conn), "eom")
whole(conn, "after it")
mt.disconnect(conn)
