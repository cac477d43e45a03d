-- A body of 5 MB in chunks of 60,000 bytes, with a link in the last one.
dofile("integration/t-13-miltertest/steps.lua")
local conn = open()
envelope(conn)
head(conn, "large")
mt.eoh(conn)
local line = string.rep("x", 78) .. "\r\n"
for number = 1, 84 do good(mt.bodystring(conn, string.rep(line, 750)), "body") end
good(mt.bodystring(conn, "http://last.example/\r\n"), "body")
ended(conn, SMFIR_ACCEPT, "large")
if not mt.eom_check(conn, MT_BODYCHANGE) then error("not rewritten") end
mt.disconnect(conn)
