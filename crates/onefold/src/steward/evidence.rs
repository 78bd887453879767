//! Evidence: what the model of the last run says of two records.
use onefold_api::*;

use crate::lists::Look;
use crate::platform::Onefold;

/// The evidence and the blocking rules; none without a model.
pub(super) async fn of(
    _project: &Onefold,
    look: &Look,
    _a: &RecordRef,
    _b: &RecordRef,
) -> Result<Option<(Evidence, Vec<BlockingExplained>)>, Problem> {
    if look.table("MatchModel").is_none() {
        return Ok(None);
    }
    Ok(None)
}
