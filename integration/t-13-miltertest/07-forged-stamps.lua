-- Every forged stamp is removed.
dofile("integration/t-13-miltertest/steps.lua")
local conn = open()
envelope(conn)
mt.header(conn, "X-Rearguard-Id", " 0000000000000001.x")
head(conn, "forged")
mt.header(conn, "x-rearguard-id", " 0000000000000002.x")
mt.eoh(conn)
mt.bodystring(conn, "nothing\r\n")
ended(conn, SMFIR_ACCEPT, "forged")
if not mt.eom_check(conn, MT_HDRDELETE, "X-Rearguard-Id") then error("not removed") end
if mt.eom_check(conn, MT_BODYCHANGE) then error("the body was changed") end
mt.disconnect(conn)
