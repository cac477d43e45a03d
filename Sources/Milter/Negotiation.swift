// SPDX-License-Identifier: Apache-2.0

import CMilter

/// What is agreed with the MTA at the start of a connection.
///
/// A filter that asks for nothing is nearly free; one that answers every step costs as much as the mail itself. So every
/// step that is not read is switched off, and every reply but the last one.
enum Negotiation {
    /// What we may ask the MTA to do.
    static let actions = UInt(SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY | SMFIF_QUARANTINE)
    /// Choosing macros: an MTA without it sends those of its own configuration.
    static let macroChoice = UInt(SMFIF_SETSYMLIST)

    /// Steps and replies that must be off.
    ///
    /// All have been in the protocol since version 6 (Sendmail 8.14, Postfix 2.6).
    ///
    /// HDR_LEADSPC: values come with the space after the colon, so that the message is seen as it was sent.
    static let protocolSteps = UInt(
        SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_HDR
            | SMFIP_NR_EOH | SMFIP_NR_BODY | SMFIP_HDR_LEADSPC)

    /// The macros read at each stage: whatever is not asked for is not sent.
    static let macros: [(stage: Int32, names: StaticString)] = [
        (SMFIM_ENVFROM, "{auth_authen} {auth_type} {client_addr} {client_name} {daemon_name}"), (SMFIM_ENVRCPT, "i"),
        (SMFIM_EOH, "i"), (SMFIM_EOM, "i"),
    ]

    /// What the MTA does not offer of what we need, in words; nil when all is there.
    static func missing(offeredActions: UInt, offeredSteps: UInt) -> String? {
        if actions & ~offeredActions != 0 { return "actions 0x\(String(actions & ~offeredActions, radix: 16))" }
        if protocolSteps & ~offeredSteps != 0 {
            return "protocol steps 0x\(String(protocolSteps & ~offeredSteps, radix: 16)) (milter protocol 6)"
        }
        return nil
    }
}
