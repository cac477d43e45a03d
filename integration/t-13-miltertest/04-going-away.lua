-- An MTA that goes away without a word at each step; the milter serves the next one.
dofile("integration/t-13-miltertest/steps.lua")
local steps = {
    function(conn) end,
    function(conn) envelope(conn) end,
    function(conn) envelope(conn) head(conn, "gone") end,
    function(conn) envelope(conn) head(conn, "gone") mt.eoh(conn) end,
    function(conn) envelope(conn) head(conn, "gone") mt.eoh(conn) mt.bodystring(conn, "http://gone.exam") end,
}
for _, step in ipairs(steps) do
    local conn = open()
    step(conn)
    mt.disconnect(conn, false)
end
local conn = open()
whole(conn, "after them")
mt.disconnect(conn)
