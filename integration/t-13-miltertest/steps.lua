-- What all scripts share: a connection that is negotiated, and a whole message.
function open()
    local conn = mt.connect(socket, 40, 0.25)
    if conn == nil then error("cannot connect") end
    -- miltertest takes steps before actions, whatever its manual says. All that an MTA offers but the choice of macros, whose answer miltertest does not understand.
    if mt.negotiate(conn, nil, nil, 0xFF) ~= nil then error("negotiate") end
    return conn
end

-- mt functions give nil when all is well.
function good(result, what)
    if result ~= nil then error(what .. ": " .. tostring(result)) end
end

function envelope(conn, recipients)
    mt.macro(conn, SMFIC_MAIL, "i", "QUEUE1", "{client_addr}", "192.0.2.1", "{daemon_name}", "MTA")
    good(mt.mailfrom(conn, "<a@client.example>"), "mailfrom")
    for number = 1, recipients or 1 do
        good(mt.rcptto(conn, "<r" .. number .. "@example.test>"), "rcptto")
    end
end

function head(conn, subject)
    good(mt.header(conn, "From", " a@client.example"), "header")
    good(mt.header(conn, "Subject", " " .. subject), "header")
end

function ended(conn, reply, what)
    good(mt.eom(conn), "eom of " .. what)
    if mt.getreply(conn) ~= reply then
        error(what .. ": expected " .. string.char(reply) .. ", found " .. string.char(mt.getreply(conn)))
    end
end

function whole(conn, subject)
    envelope(conn)
    head(conn, subject)
    good(mt.eoh(conn), "eoh")
    good(mt.bodystring(conn, "see http://whole.example/ now\r\n"), "body")
    ended(conn, SMFIR_ACCEPT, subject)
    if not mt.eom_check(conn, MT_HDRINSERT, "X-Rearguard-Id") then error(subject .. ": no stamp") end
    if not mt.eom_check(conn, MT_BODYCHANGE) then error(subject .. ": the body was not rewritten") end
end
