// The nonce of this page's content security policy; browsers hide the attribute, the property stays.
const meta = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]');

/** What style elements made by scripts must carry; empty while developing. */
export const nonce: string = meta?.nonce || meta?.getAttribute("nonce") || "";
