//! Activity: the form of `activities/`.
//!
//! Not here: whether the tables and columns it names are there (`onefold-stages`).

use super::expression::Expression;
use super::form::Fields;
use super::people::path;
use super::step::{renamed_from, title};
use super::word::{Flag, Plain, Text};
use crate::Spanned;
use crate::define::Activity;

/// `activities/<name>.yaml`
pub(crate) fn activity(f: &mut Fields<'_, '_>, name: &Spanned<String>) -> Option<Activity> {
    let title = title(f);
    renamed_from(f);
    let table = f.required("table", "the table, `<Source>_<Table>`", Text);
    let key = f.required("key", "the column that tells its rows apart", Text);
    let path = path(f);
    let kind = f.required("type", "the type of activity: `Appointment`, `Purchase`, or your own", Plain);
    let event = f.required("event", "what happened, a column or an expression", Expression);
    let time = f.required("time", "when it happened", Expression);
    let end = f.optional("end", "when it ended", Expression);
    let detail = f.optional("detail", "more words about it", Expression);
    let url = f.optional("url", "a link", Expression);
    let icon = f.optional("icon", "the name of a picture", Plain);
    let timeline = f.optional("timeline", "whether it stands on the timeline; default true", Flag).unwrap_or(true);
    Some(Activity {
        name: name.clone(),
        title,
        table: table?,
        key: key?,
        path,
        kind: kind?,
        event: event?,
        time: time?,
        end,
        detail,
        url,
        icon,
        timeline,
    })
}
