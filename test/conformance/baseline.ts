/** What a gateway without sessions can't pass, and why. An entry that passes after all fails the run: this may not go stale. */
export const baseline: Readonly<Record<string, string>> = {
  "tools-call-sampling": "A server that asks its client needs the connection of a session.",
  "tools-call-elicitation": "A server that asks its client needs the connection of a session.",
  "elicitation-sep1034-defaults": "A server that asks its client needs the connection of a session.",
  "elicitation-sep1330-enums": "A server that asks its client needs the connection of a session.",
};

/** What the suite warns of, and why it is as it is. */
export const warned: Readonly<Record<string, string>> = {
  "server-sse-multiple-streams": "Before 2026-07-28 it looks for a session, which a gateway doesn't have.",
};
