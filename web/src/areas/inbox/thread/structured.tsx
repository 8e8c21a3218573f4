import { Mail, MapPin, Phone, ShoppingBag, User } from "lucide-react";
import { useWords } from "../../../kit/words";
import { locale } from "../../../kit/words";
import { inboxWords } from "../words";
import { type Content, isRecord, numberIn, recordIn, recordsIn, textIn, webLink } from "./content";
import { MessageText } from "./text";
import style from "./structured.module.css";

/** A place as a card with a link: no map is loaded from elsewhere. */
export function Location({ content }: { content: Content }) {
  const { thread: words } = useWords(inboxWords);
  const [lat, lon] = [numberIn(content.latitude), numberIn(content.longitude)];
  const name = textIn(content.name) ?? words.location;
  const address = textIn(content.address);
  const href =
    lat === undefined || lon === undefined
      ? webLink(content.url)
      : `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=17/${lat}/${lon}`;
  return (
    <div className={style.card}>
      <MapPin size={20} aria-hidden />
      <div>
        <b dir="auto">{name}</b>
        {address !== undefined && <p dir="auto">{address}</p>}
        {lat !== undefined && lon !== undefined && <small>{`${lat.toFixed(5)}, ${lon.toFixed(5)}`}</small>}
        {href !== undefined && (
          <a href={href} target="_blank" rel="noopener noreferrer">
            {words.openMap}
          </a>
        )}
      </div>
    </div>
  );
}

export function SharedContacts({ content }: { content: Content }) {
  const { thread: words } = useWords(inboxWords);
  const contacts = recordsIn(content.contacts);
  if (contacts.length === 0) return <MessageText text={textIn(content.text) ?? words.contact} />;
  return contacts.map((contact, i) => {
    const name = recordIn(contact.name);
    const formatted =
      textIn(name.formatted_name) ?? [textIn(name.first_name), textIn(name.last_name)].filter(Boolean).join(" ");
    return (
      <div key={i} className={style.card}>
        <User size={20} aria-hidden />
        <div>
          <b dir="auto">{formatted || words.contact}</b>
          {textIn(recordIn(contact.org).company) !== undefined && (
            <p dir="auto">{textIn(recordIn(contact.org).company)}</p>
          )}
          {recordsIn(contact.phones).map(({ phone, wa_id }, n) => (
            <p key={`phone ${n}`}>
              <Phone size={12} aria-hidden /> {textIn(phone) ?? textIn(wa_id)}
            </p>
          ))}
          {recordsIn(contact.emails).map(({ email }, n) => (
            <p key={`email ${n}`}>
              <Mail size={12} aria-hidden /> {textIn(email)}
            </p>
          ))}
        </div>
      </div>
    );
  });
}

export function Order({ content }: { content: Content }) {
  const { thread: words } = useWords(inboxWords);
  const items = recordsIn(content.items);
  const text = textIn(content.text);
  return (
    <div className={style.order}>
      <p>
        <ShoppingBag size={14} aria-hidden /> <b>{words.order(items.length)}</b>
      </p>
      <table>
        <tbody>
          {items.map((item, i) => {
            const quantity = numberIn(item.quantity) ?? 1;
            const price = numberIn(item.item_price) ?? numberIn(Number(item.item_price));
            return (
              <tr key={i}>
                <td dir="auto">{textIn(item.name) ?? textIn(item.product_retailer_id) ?? words.product}</td>
                <td>× {quantity}</td>
                <td>{price === undefined ? "" : money(price * quantity, textIn(item.currency))}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {text !== undefined && <MessageText text={text} />}
    </div>
  );
}

function money(amount: number, currency: string | undefined): string {
  try {
    return new Intl.NumberFormat(locale.get(), currency === undefined ? {} : { style: "currency", currency }).format(
      amount,
    );
  } catch {
    return `${amount} ${currency}`;
  }
}

/** Shows the buttons that the customer could press. */
export function Buttons({ titles }: { titles: readonly (string | undefined)[] }) {
  const { thread: words } = useWords(inboxWords);
  const shown = titles.filter((title) => title !== undefined);
  if (shown.length === 0) return null;
  return (
    <ul className={style.buttons} aria-label={words.offered}>
      {shown.map((title, i) => (
        <li key={i} dir="auto">
          {title}
        </li>
      ))}
    </ul>
  );
}

/** A template of cards or buttons on Instagram and Messenger. */
export function Cards({ template, text }: { template: Content; text: string | undefined }) {
  const titlesOf = (value: unknown): (string | undefined)[] => recordsIn(value).map(({ title }) => textIn(title));
  const own = textIn(template.text) ?? text;
  return (
    <>
      {own !== undefined && <MessageText text={own} />}
      <Buttons titles={titlesOf(template.buttons)} />
      {recordsIn(template.elements).map((element, i) => (
        <div key={i} className={style.element}>
          <b dir="auto">{textIn(element.title)}</b>
          {textIn(element.subtitle) !== undefined && <p dir="auto">{textIn(element.subtitle)}</p>}
          <Buttons titles={titlesOf(isRecord(element) ? element.buttons : undefined)} />
        </div>
      ))}
    </>
  );
}
