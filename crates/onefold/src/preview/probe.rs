use crate::platform::Onefold;
use onefold_api::*;
pub(super) async fn probe(_: &Onefold, _: Kind, _: &PreviewAsk) -> Result<ProbeView, Problem> {
    Err(Problem::failed("not yet"))
}
