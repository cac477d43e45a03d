-- Fifty connections at a time, their steps in turn.
dofile("integration/t-13-miltertest/steps.lua")
local conns = {}
for number = 1, 50 do conns[number] = open() end
for number = 1, 50 do envelope(conns[number]) head(conns[number], "turn " .. number) mt.eoh(conns[number]) end
for number = 50, 1, -1 do mt.bodystring(conns[number], "http://turn.example/" .. number .. "\r\n") end
for number = 1, 50 do
    ended(conns[number], SMFIR_ACCEPT, "turn " .. number)
    if not mt.eom_check(conns[number], MT_BODYCHANGE) then error("not rewritten: " .. number) end
end
for number = 1, 50 do mt.disconnect(conns[number]) end
