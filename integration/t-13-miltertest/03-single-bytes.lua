-- A body that comes byte by byte.
dofile("integration/t-13-miltertest/steps.lua")
local conn = open()
envelope(conn)
head(conn, "bytes")
mt.eoh(conn)
local text = "see http://bytes.example/page now\r\n"
for place = 1, #text do good(mt.bodystring(conn, text:sub(place, place)), "body") end
ended(conn, SMFIR_ACCEPT, "bytes")
if not mt.eom_check(conn, MT_BODYCHANGE) then error("not rewritten") end
mt.disconnect(conn)
