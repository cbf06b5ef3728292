/** What a name says wherever it stands in it, without regard to case and to what parts its words. */
const telling =
  /passw(or|ö)?r?[dt]|passphrase|passcode|kennwort|motdepasse|contrase[nñ]a|secret|token|credential|authorization|api_?key|accesskey|privatekey|signingkey|encryptionkey|cookie|bearer|creditcard|debitcard|cardnumber|securitycode|socialsecurity|sessionid/;

/** What says it only as a word of its own: `pin` does, `shipping` does not. */
const words: ReadonlySet<string> = new Set(
  "auth card cards csrf cvc cvv cvv2 iban jwt mfa otp pass passwd pin pins pw pwd sid signature ssn tan totp xsrf".split(
    " ",
  ),
);

/** What is longer is no name that anybody has given. */
const longest = 200;

/** Whether what stands under a name is to be taken for a secret: passwords, keys, tokens, and numbers of cards and people. */
export function isSecretName(name: string): boolean {
  const parts = name
    .slice(0, longest)
    .normalize("NFKC")
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\d]+/u);
  return telling.test(parts.join("")) || parts.some((part) => words.has(part));
}
