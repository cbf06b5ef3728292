/** Addresses of the pages below Gatehouse's own. */
export const consentPaths = {
  question: "/oauth/consent",
  answer: "/oauth/callback/",
  completion: "/oauth/complete",
  login: "/oauth/complete/callback",
} as const;
