#include <yara.h>
#include <stdio.h>

// libyara's lists are macros and its names are unions over arena references; these say the same as functions.

static inline const char *shim_rule_name(const YR_RULE *rule) { return rule->identifier; }
static inline const char *shim_rule_namespace(const YR_RULE *rule) { return rule->ns->name; }
static inline int shim_rule_is_private(const YR_RULE *rule) { return RULE_IS_PRIVATE(rule) != 0; }
static inline int shim_rule_is_global(const YR_RULE *rule) { return RULE_IS_GLOBAL(rule) != 0; }
static inline const YR_RULE *shim_rule_at(const YR_RULES *rules, int64_t number) { return &rules->rules_table[number]; }
static inline int64_t shim_rule_count(const YR_RULES *rules) { return rules->num_rules; }

/// The tag behind this one (the first for NULL), NULL after the last.
static inline const char *shim_next_tag(const YR_RULE *rule, const char *tag) {
    tag = tag == NULL ? rule->tags : tag + strlen(tag) + 1;
    return tag == NULL || *tag == '\0' ? NULL : tag;
}

/// The meta entry behind this one (the first for NULL), NULL after the last.
static inline const YR_META *shim_next_meta(const YR_RULE *rule, const YR_META *meta) {
    return meta == NULL ? rule->metas : META_IS_LAST_IN_RULE(meta) ? NULL : meta + 1;
}
static inline const char *shim_meta_name(const YR_META *meta) { return meta->identifier; }
static inline const char *shim_meta_string(const YR_META *meta) { return meta->string; }

static inline const char *shim_string_name(const YR_STRING *string) { return string->identifier; }

/// yr_scanner_set_timeout takes whole seconds; the field behind it has nanoseconds.
static inline void shim_set_timeout(YR_SCANNER *scanner, uint64_t nanoseconds) { scanner->timeout = nanoseconds; }
