/*
 * activity-icon: the picture that stands for a kind of activity, by its name in the definition; nothing for a name that is not known.
 */
import {
  AlertRegular, BoxRegular, BuildingRegular, BuildingShopRegular, CalendarRegular, CallRegular, CartRegular, ChatRegular, CheckmarkRegular, ClipboardRegular, ClockRegular,
  DocumentRegular, GiftRegular, GlobeRegular, HeartRegular, HomeRegular, KeyRegular, LaptopRegular, LocationRegular, MailRegular, MoneyRegular, PeopleRegular, PersonRegular,
  PhoneRegular, PinRegular, PlayRegular, ReceiptRegular, RibbonRegular, SearchRegular, ShieldRegular, StarRegular, TagRegular, TicketDiagonalRegular, VehicleCarRegular,
  WarningRegular, WrenchRegular,
} from "@fluentui/react-icons";
import type { ComponentType } from "react";

const pictures: Record<string, ComponentType> = {
  alert: AlertRegular, box: BoxRegular, building: BuildingRegular, calendar: CalendarRegular, call: CallRegular, cart: CartRegular, chat: ChatRegular, check: CheckmarkRegular,
  clipboard: ClipboardRegular, clock: ClockRegular, device: LaptopRegular, document: DocumentRegular, email: MailRegular, gift: GiftRegular, globe: GlobeRegular, heart: HeartRegular,
  home: HomeRegular, key: KeyRegular, location: LocationRegular, money: MoneyRegular, people: PeopleRegular, person: PersonRegular, phone: PhoneRegular, pin: PinRegular,
  play: PlayRegular, receipt: ReceiptRegular, ribbon: RibbonRegular, search: SearchRegular, shield: ShieldRegular, star: StarRegular, store: BuildingShopRegular, tag: TagRegular,
  ticket: TicketDiagonalRegular, vehicle: VehicleCarRegular, warning: WarningRegular, wrench: WrenchRegular,
};

/** The picture of that name. */
export function ActivityIcon({ name }: { name: string | null | undefined }) {
  const Picture = pictures[(name ?? "").toLowerCase()];
  return Picture ? <span aria-hidden style={{ display: "inline-flex", verticalAlign: "middle", fontSize: 16 }}><Picture /></span> : null;
}
