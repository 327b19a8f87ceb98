//! LG's error codes and the action for each. Codes of the token call are in `response`, errors without
//! a body in `error`. See `docs/protocol.md#errors`.

/// Action of a client, from LG's documents and from experience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Retry,
    FixRequest,
    RefreshToken,
    Reauthenticate,
    TellUser,
    TreatAsSuccess,
}

pub(crate) struct ErrorCode {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) action: Action,
}

/// `code` has four digits.
pub(crate) fn find(code: &str) -> Option<&'static ErrorCode> {
    let found = CODES.binary_search_by(|known| known.code.cmp(code)).ok()?;
    CODES.get(found)
}

const fn entry(code: &'static str, name: &'static str, action: Action) -> ErrorCode {
    ErrorCode { code, name, action }
}

/// Sorted by code.
const CODES: &[ErrorCode] = &[
    entry("0000", "UNKNOWN_ERROR", Action::Retry),
    entry("1000", "BAD_REQUEST", Action::FixRequest),
    entry("1101", "MISSING_PARAMETERS", Action::FixRequest),
    entry("1102", "UNACCEPTABLE_PARAMETERS", Action::FixRequest),
    entry("1103", "INVALID_TOKEN", Action::RefreshToken),
    entry("1104", "INVALID_MESSAGE_ID", Action::FixRequest),
    entry("1201", "NOT_REGISTERED_ADMIN", Action::TellUser),
    entry("1202", "NOT_REGISTERED_USER", Action::TellUser),
    entry("1203", "NOT_REGISTERED_SERVICE", Action::TellUser),
    entry("1204", "NOT_SUBSCRIBED_EVENT", Action::TreatAsSuccess),
    entry("1205", "NOT_EXIST_DEVICE", Action::TellUser),
    entry("1206", "NOT_SUBSCRIBED_PUSH", Action::TreatAsSuccess),
    entry("1207", "ALREADY_SUBSCRIBED_PUSH", Action::TreatAsSuccess),
    entry("1208", "NOT_REGISTERED_SERVICE_BY_ADMIN", Action::TellUser),
    entry("1209", "NOT_REGISTERED_USER_IN_SERVICE", Action::TellUser),
    entry("1210", "NOT_REGISTERED_DEVICE_IN_SERVICE", Action::TellUser),
    entry("1211", "NOT_REGISTERED_DEVICE_BY_USER", Action::TellUser),
    entry("1212", "NOT_OWNED_DEVICE", Action::TellUser),
    entry("1213", "NOT_REGISTERED_DEVICE", Action::TellUser),
    entry("1214", "NOT_SUBSCRIBABLE_DEVICE", Action::TellUser),
    entry("1216", "INCORRECT_HEADER", Action::FixRequest),
    entry("1217", "ALREADY_DEVICE_DELETED", Action::TellUser),
    entry("1218", "INVALID_TOKEN_AGAIN", Action::RefreshToken),
    entry("1219", "NOT_SUPPORTED_MODEL", Action::TellUser),
    entry("1220", "NOT_SUPPORTED_FEATURE", Action::TellUser),
    entry("1221", "NOT_SUPPORTED_PRODUCT", Action::TellUser),
    entry("1222", "NOT_CONNECTED_DEVICE", Action::TellUser),
    entry("1223", "INVALID_STATUS_DEVICE", Action::Retry),
    entry("1224", "INVALID_DEVICE_ID", Action::FixRequest),
    entry("1225", "DUPLICATE_DEVICE_ID", Action::FixRequest),
    entry("1301", "INVALID_SERVICE_KEY", Action::TellUser),
    entry("1302", "NOT_FOUND_TOKEN", Action::RefreshToken),
    entry("1303", "NOT_FOUND_USER", Action::Reauthenticate),
    entry("1304", "NOT_ACCEPTABLE_TERMS", Action::TellUser),
    entry("1305", "NOT_ALLOWED_API", Action::TellUser),
    entry("1306", "EXCEEDED_API_CALLS", Action::Retry),
    entry("1307", "NOT_SUPPORTED_COUNTRY", Action::TellUser),
    entry("1308", "NO_CONTROL_AUTHORITY", Action::TellUser),
    entry("1309", "NOT_ALLOWED_API_AGAIN", Action::TellUser),
    entry("1310", "NOT_SUPPORTED_DOMAIN", Action::FixRequest),
    entry("1311", "BAD_REQUEST_FORMAT", Action::FixRequest),
    entry("1312", "EXCEEDED_NUMBER_OF_EVENT_SUBSCRIPTION", Action::TellUser),
    entry("1314", "EXCEEDED_USER_API_CALLS", Action::Retry),
    entry("2000", "INTERNAL_SERVER_ERROR", Action::Retry),
    entry("2101", "NOT_SUPPORTED_MODEL_AGAIN", Action::TellUser),
    entry("2201", "NOT_PROVIDED_FEATURE", Action::TellUser),
    entry("2202", "NOT_SUPPORTED_PRODUCT_AGAIN", Action::TellUser),
    entry("2203", "NOT_EXISTENT_MODEL_JSON", Action::TellUser),
    entry("2205", "INVALID_DEVICE_STATUS", Action::Retry),
    entry("2207", "INVALID_COMMAND_ERROR", Action::FixRequest),
    entry("2208", "FAIL_DEVICE_CONTROL", Action::TellUser),
    entry("2209", "DEVICE_RESPONSE_DELAY", Action::Retry),
    entry("2210", "RETRY_REQUEST", Action::Retry),
    entry("2212", "SYNCING", Action::Retry),
    entry("2213", "RETRY_AFTER_DELETING_DEVICE", Action::TellUser),
    entry("2214", "FAIL_REQUEST", Action::Retry),
    entry("2301", "COMMAND_NOT_SUPPORTED_IN_REMOTE_OFF", Action::TellUser),
    entry("2302", "COMMAND_NOT_SUPPORTED_IN_STATE", Action::TellUser),
    entry("2303", "COMMAND_NOT_SUPPORTED_IN_ERROR", Action::TellUser),
    entry("2304", "COMMAND_NOT_SUPPORTED_IN_POWER_OFF", Action::TellUser),
    entry("2305", "COMMAND_NOT_SUPPORTED_IN_MODE", Action::TellUser),
];
