// Activity types: the fields that types of activities have, and the icons there are. Same names as crates/model.

/** A type of activity with its fields. */
export interface ActivityType {
  name: string;
  about: string;
  fields: { name: string; type: string; about: string }[];
}

/** The types whose fields have names of their own. */
export const ACTIVITY_TYPES: ActivityType[] = [
  { name: "SalesOrder", about: "an order, whole", fields: [
    { name: "order_id", type: "text", about: "the order" },
    { name: "amount", type: "number", about: "what it came to" },
    { name: "currency", type: "text", about: "the currency of the amount" },
    { name: "quantity", type: "number", about: "how many pieces" },
    { name: "status", type: "text", about: "where it stands" },
    { name: "channel", type: "text", about: "how it was placed" },
    { name: "store", type: "text", about: "where it was placed" },
  ] },
  { name: "SalesOrderLine", about: "a line of an order", fields: [
    { name: "line_id", type: "text", about: "the line" },
    { name: "line_number", type: "integer", about: "its number in the order" },
    { name: "order_id", type: "text", about: "the order" },
    { name: "product_id", type: "text", about: "the product" },
    { name: "product", type: "text", about: "the product in words" },
    { name: "category", type: "text", about: "the kind of product" },
    { name: "quantity", type: "number", about: "how many" },
    { name: "unit_price", type: "number", about: "what one costs" },
    { name: "amount", type: "number", about: "what the line came to" },
    { name: "is_return", type: "boolean", about: "whether it was given back" },
  ] },
  { name: "Subscription", about: "a payment for, or a change of, a subscription", fields: [
    { name: "transaction_id", type: "text", about: "the payment or change" },
    { name: "subscription_id", type: "text", about: "the subscription" },
    { name: "plan", type: "text", about: "what is subscribed to" },
    { name: "starts", type: "date", about: "its first day" },
    { name: "ends", type: "date", about: "its last day" },
    { name: "amount", type: "number", about: "what was paid" },
    { name: "is_recurring", type: "boolean", about: "whether it goes on by itself" },
    { name: "months", type: "integer", about: "how many months a payment is for" },
  ] },
  { name: "Feedback", about: "what somebody said: a survey, a review", fields: [
    { name: "feedback_id", type: "text", about: "the answer or review" },
    { name: "score", type: "number", about: "the mark that was given" },
    { name: "text", type: "text", about: "what was said" },
    { name: "topic", type: "text", about: "what it was about" },
    { name: "channel", type: "text", about: "where it was said" },
  ] },
  { name: "Loyalty", about: "points earned or redeemed, a membership begun or ended", fields: [
    { name: "member_id", type: "text", about: "the membership" },
    { name: "points_earned", type: "number", about: "points that were added" },
    { name: "points_redeemed", type: "number", about: "points that were used, as a positive number" },
    { name: "tier", type: "text", about: "the level of the membership" },
    { name: "joined", type: "date", about: "the first day of the membership" },
    { name: "left", type: "date", about: "the last day of the membership" },
  ] },
  { name: "Appointment", about: "something booked for a time", fields: [
    { name: "status", type: "text", about: "what became of it" },
    { name: "service", type: "text", about: "what it is for" },
    { name: "location", type: "text", about: "where" },
    { name: "staff", type: "text", about: "with whom" },
    { name: "reason", type: "text", about: "why" },
    { name: "minutes", type: "integer", about: "how long" },
  ] },
  { name: "WebEvent", about: "something done on a site or in an app", fields: [
    { name: "page", type: "text", about: "the address" },
    { name: "action", type: "text", about: "what was done" },
    { name: "session_id", type: "text", about: "the visit" },
    { name: "referrer", type: "text", about: "where the visitor came from" },
    { name: "campaign", type: "text", about: "the campaign" },
    { name: "device", type: "text", about: "on what" },
    { name: "seconds", type: "number", about: "how long" },
  ] },
  { name: "Message", about: "a message sent, opened or clicked", fields: [
    { name: "message_id", type: "text", about: "the message" },
    { name: "action", type: "text", about: "what became of it: sent, opened, clicked" },
    { name: "channel", type: "text", about: "how it was sent" },
    { name: "campaign", type: "text", about: "the campaign" },
    { name: "link", type: "text", about: "what was clicked" },
  ] },
  { name: "Case", about: "a question or a complaint", fields: [
    { name: "case_id", type: "text", about: "the case" },
    { name: "status", type: "text", about: "where it stands" },
    { name: "priority", type: "text", about: "how urgent it is" },
    { name: "topic", type: "text", about: "what it is about" },
    { name: "hours", type: "number", about: "how long it took" },
    { name: "score", type: "number", about: "the mark that was given" },
  ] },
];

/** The names of pictures that stand for activities. */
export const ICONS = ["alert", "box", "building", "calendar", "call", "cart", "chat", "check", "clipboard", "clock", "device", "document", "email", "gift", "globe", "heart", "home", "key", "location", "money", "people", "person", "phone", "pin", "play", "receipt", "ribbon", "search", "shield", "star", "store", "tag", "ticket", "vehicle", "warning", "wrench"];
