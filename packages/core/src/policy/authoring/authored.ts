/** What became of one statement of a text in natural language. Nothing is approximated: it is translated, or it isn't. */
export type AuthoredStatement =
  | {
      /** The part of the text, as it stands there but for white space. */
      readonly fragment: string;
      /** One policy in Cedar's syntax, strictly valid for the gateway. */
      readonly statement: string;
    }
  | {
      readonly fragment: string;
      /** Why there is no policy, for the author of the text. */
      readonly reason: string;
    };
