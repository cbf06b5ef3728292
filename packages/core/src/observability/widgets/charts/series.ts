/** What a chart shows by one colour. */
export interface Series {
  readonly label: string;
  readonly color: Color;
  /** One for each bin; nothing where there is nothing to say. */
  readonly values: readonly (number | undefined)[];
}

/** Colours by what they mean; `theme.ts` has them for light and dark. */
export type Color = "allowed" | "wouldDeny" | "denied" | "rejected" | "first" | "second" | "third" | "fourth";
