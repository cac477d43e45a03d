-- An MTA that lets nobody change bodies is refused; the next one is served.
dofile("integration/t-13-miltertest/steps.lua")
local conn = mt.connect(socket, 40, 0.25)
mt.negotiate(conn, 6, 0x1FFFFF, SMFIF_ADDHDRS)
mt.disconnect(conn, false)
conn = open()
whole(conn, "after it")
mt.disconnect(conn)
