//! Activity type: the closed list of types whose fields have names of their own, and of icons.
//!
//! Invariants
//! - A field is a column of `Activity_<Type>` under its own name.
//!
//! To add a type or a field: a line below.

use crate::DataType;

/// A type of activity with its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivityType {
    /// Its name, as `type:` has it.
    pub name: &'static str,
    /// What it is of.
    pub about: &'static str,
    /// What can be mapped.
    pub fields: &'static [ActivityField],
}

/// A field of a type of activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivityField {
    /// Its name, as `fields:` has it.
    pub name: &'static str,
    /// Its type.
    pub ty: DataType,
    /// What it holds.
    pub about: &'static str,
}

const fn text(name: &'static str, about: &'static str) -> ActivityField {
    ActivityField { name, ty: DataType::Text, about }
}
const fn number(name: &'static str, about: &'static str) -> ActivityField {
    ActivityField { name, ty: DataType::Number, about }
}
const fn integer(name: &'static str, about: &'static str) -> ActivityField {
    ActivityField { name, ty: DataType::Integer, about }
}
const fn flag(name: &'static str, about: &'static str) -> ActivityField {
    ActivityField { name, ty: DataType::Boolean, about }
}
const fn date(name: &'static str, about: &'static str) -> ActivityField {
    ActivityField { name, ty: DataType::Date, about }
}

/// The types whose fields have names.
pub const ACTIVITY_TYPES: &[ActivityType] = &[
    ActivityType {
        name: "SalesOrder",
        about: "an order, whole",
        fields: &[
            text("order_id", "the order"),
            number("amount", "what it came to"),
            text("currency", "the currency of the amount"),
            number("quantity", "how many pieces"),
            text("status", "where it stands"),
            text("channel", "how it was placed"),
            text("store", "where it was placed"),
        ],
    },
    ActivityType {
        name: "SalesOrderLine",
        about: "a line of an order",
        fields: &[
            text("line_id", "the line"),
            integer("line_number", "its number in the order"),
            text("order_id", "the order"),
            text("product_id", "the product"),
            text("product", "the product in words"),
            text("category", "the kind of product"),
            number("quantity", "how many"),
            number("unit_price", "what one costs"),
            number("amount", "what the line came to"),
            flag("is_return", "whether it was given back"),
        ],
    },
    ActivityType {
        name: "Subscription",
        about: "a payment for, or a change of, a subscription",
        fields: &[
            text("transaction_id", "the payment or change"),
            text("subscription_id", "the subscription"),
            text("plan", "what is subscribed to"),
            date("starts", "its first day"),
            date("ends", "its last day"),
            number("amount", "what was paid"),
            flag("is_recurring", "whether it goes on by itself"),
            integer("months", "how many months a payment is for"),
        ],
    },
    ActivityType {
        name: "Feedback",
        about: "what somebody said: a survey, a review",
        fields: &[
            text("feedback_id", "the answer or review"),
            number("score", "the mark that was given"),
            text("text", "what was said"),
            text("topic", "what it was about"),
            text("channel", "where it was said"),
        ],
    },
    ActivityType {
        name: "Loyalty",
        about: "points earned or redeemed, a membership begun or ended",
        fields: &[
            text("member_id", "the membership"),
            number("points_earned", "points that were added"),
            number("points_redeemed", "points that were used, as a positive number"),
            text("tier", "the level of the membership"),
            date("joined", "the first day of the membership"),
            date("left", "the last day of the membership"),
        ],
    },
    ActivityType {
        name: "Appointment",
        about: "something booked for a time",
        fields: &[
            text("status", "what became of it"),
            text("service", "what it is for"),
            text("location", "where"),
            text("staff", "with whom"),
            text("reason", "why"),
            integer("minutes", "how long"),
        ],
    },
    ActivityType {
        name: "WebEvent",
        about: "something done on a site or in an app",
        fields: &[
            text("page", "the address"),
            text("action", "what was done"),
            text("session_id", "the visit"),
            text("referrer", "where the visitor came from"),
            text("campaign", "the campaign"),
            text("device", "on what"),
            number("seconds", "how long"),
        ],
    },
    ActivityType {
        name: "Message",
        about: "a message sent, opened or clicked",
        fields: &[
            text("message_id", "the message"),
            text("action", "what became of it: sent, opened, clicked"),
            text("channel", "how it was sent"),
            text("campaign", "the campaign"),
            text("link", "what was clicked"),
        ],
    },
    ActivityType {
        name: "Case",
        about: "a question or a complaint",
        fields: &[
            text("case_id", "the case"),
            text("status", "where it stands"),
            text("priority", "how urgent it is"),
            text("topic", "what it is about"),
            number("hours", "how long it took"),
            number("score", "the mark that was given"),
        ],
    },
];

/// The type of that name.
pub fn activity_type(name: &str) -> Option<&'static ActivityType> {
    ACTIVITY_TYPES.iter().find(|ty| ty.name == name)
}

/// The names of pictures that stand for activities.
pub const ICONS: &[&str] = &[
    "alert",
    "box",
    "building",
    "calendar",
    "call",
    "cart",
    "chat",
    "check",
    "clipboard",
    "clock",
    "device",
    "document",
    "email",
    "gift",
    "globe",
    "heart",
    "home",
    "key",
    "location",
    "money",
    "people",
    "person",
    "phone",
    "pin",
    "play",
    "receipt",
    "ribbon",
    "search",
    "shield",
    "star",
    "store",
    "tag",
    "ticket",
    "vehicle",
    "warning",
    "wrench",
];
