-- An MTA of protocol 2, which cannot do without replies, is refused; the next one is served.
dofile("integration/t-13-miltertest/steps.lua")
local conn = mt.connect(socket, 40, 0.25)
mt.negotiate(conn, 2, 0x7F, SMFIF_ADDHDRS)
mt.disconnect(conn, false)
conn = open()
whole(conn, "after it")
mt.disconnect(conn)
