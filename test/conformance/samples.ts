/** A picture of one pixel. */
export const image = {
  type: "image" as const,
  data: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  mimeType: "image/png",
};

/** The shortest sound there is. */
export const audio = {
  type: "audio" as const,
  data: "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=",
  mimeType: "audio/wav",
};

export const text = (value: string) => ({ type: "text" as const, text: value });
