/** Has a way that is only found step by step: for the test of what leads a fuzzer. */
export function maze(text: string): string {
  if (text[0] === "G") {
    if (text[1] === "o") {
      if (text[2] === "!") return "through";
      return "two";
    }
  }
  return "lost";
}
