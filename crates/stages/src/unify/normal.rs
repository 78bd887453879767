//! Normal: values as they are compared.
//!
//! Invariants
//! - Both sides of a condition become text the same way; an empty text is null.
//!
//! To add a normaliser: a variant of `Normalize`, an arm in [`compared`].

use onefold_model::define::Normalize;
use onefold_model::sql::cast;
use onefold_model::{Column, DataType, Spanned, Sql, sql};

/// A column of the table with alias `t`, as text to be compared with one of another type.
pub(super) fn compared(column: &Column, other: DataType, normalize: &[Spanned<Normalize>]) -> Sql {
    let mut value = as_text(sql::column("t", column.name.as_str()), column.ty, other);
    for step in normalize {
        value = match step.value {
            Normalize::Lowercase => sql!("lower(", value, ")"),
            Normalize::Whitespace => sql!("regexp_replace(", value, ", '\\s+', '', 'g')"),
            Normalize::Symbols => sql!("regexp_replace(", value, ", '[^\\p{L}\\p{M}\\p{N}\\s]+', '', 'g')"),
            Normalize::Trim => sql!("trim(", value, ")"),
            Normalize::Digits => sql!("regexp_replace(", value, ", '[^0-9]+', '', 'g')"),
        };
    }
    sql!("nullif(", value, ", '')")
}

/// A value as text, so that it is equal to an equal value of the other type.
pub(crate) fn as_text(value: Sql, ty: DataType, other: DataType) -> Sql {
    match ty {
        // Guids are kept in lower case; the text of one may not be.
        DataType::Text | DataType::Json if other == DataType::Guid => sql!("lower(", value, ")"),
        ty if ty.is_text() => value,
        ty if ty.is_numeric() && other.is_numeric() && ty != other => {
            cast(cast(value, DataType::Number), DataType::Text)
        }
        DataType::Date if other == DataType::DateTime => cast(cast(value, DataType::DateTime), DataType::Text),
        _ => cast(value, DataType::Text),
    }
}

/// Whether values of two types can be equal.
pub(crate) fn comparable(a: DataType, b: DataType) -> bool {
    let any = a == DataType::Any || b == DataType::Any || a == b;
    // Ids are often a number in one place and text in another.
    let text =
        |a: DataType, b: DataType| a.is_text() && (b.is_text() || matches!(b, DataType::Integer | DataType::Small));
    any || text(a, b) || text(b, a) || (a.is_numeric() && b.is_numeric()) || (a.is_temporal() && b.is_temporal())
}

/// A value as a double, by which rows are put in order; `None` when its type has none.
pub(super) fn as_order(value: Sql, ty: DataType) -> Option<Sql> {
    Some(match ty {
        ty if ty.is_numeric() => cast(value, DataType::Number),
        DataType::Date => sql!("cast(arrow_cast(", value, ", 'Int32') as double)"),
        DataType::DateTime => sql!("cast(arrow_cast(", value, ", 'Int64') as double)"),
        DataType::Any => sql!("try_cast(", value, " as double)"),
        _ => return None,
    })
}
