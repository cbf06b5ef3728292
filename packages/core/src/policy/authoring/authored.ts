/** One statement of a text: as a policy, or with the reason why it is none. */
export type AuthoredStatement =
  | { readonly fragment: string; readonly statement: string }
  | { readonly fragment: string; readonly reason: string };
