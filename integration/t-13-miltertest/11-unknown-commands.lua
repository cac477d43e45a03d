-- Unknown SMTP commands between messages change nothing.
dofile("integration/t-13-miltertest/steps.lua")
local conn = open()
mt.unknown(conn, "XYZZY")
whole(conn, "between")
mt.unknown(conn, string.rep("Z", 20000))
whole(conn, "after")
mt.disconnect(conn)
