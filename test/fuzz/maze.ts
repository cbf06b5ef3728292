/** Has a way that is only found step by step: for the test of what leads a fuzzer. */
export function maze(text: string): string {
  if (text[0] === "G") {
    if (text[1] === "a") {
      if (text[2] === "t") {
        if (text[3] === "e") return "through";
        return "three";
      }
      return "two";
    }
  }
  return "lost";
}
