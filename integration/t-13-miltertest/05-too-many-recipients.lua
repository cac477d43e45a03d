-- More recipients than the limit: later, and the connection goes on.
dofile("integration/t-13-miltertest/steps.lua")
local conn = open()
envelope(conn, 10001)
head(conn, "too many")
mt.eoh(conn)
mt.bodystring(conn, "http://many.example/\r\n")
good(mt.eom(conn), "eom")
if not mt.eom_check(conn, MT_SMTPREPLY, "452", "4.5.3") then error("no reply 452 4.5.3") end
whole(conn, "after it")
mt.disconnect(conn)
