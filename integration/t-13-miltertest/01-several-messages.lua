-- Ten messages on one connection, each rewritten and stamped.
dofile("integration/t-13-miltertest/steps.lua")
local conn = open()
for number = 1, 10 do whole(conn, "number " .. number) end
mt.disconnect(conn)
