// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store

extension Evidence {
    /// The URLs in the store that the subject covers.
    func coveredURLs(in transaction: any SQLTransaction) throws(StoreError) -> [Int64] {
        let host = String(subject.value.prefix { $0 != "/" })
        var ids: [Int64] = []
        for row in try transaction.query("SELECT id, url FROM urls ORDER BY id LIMIT $1", [.integer(InvestigationLimits.urls)])
        where try row.text(1).contains(host) { ids.append(try row.integer(0)) }
        return ids
    }
}
