/** The talk's user, in the roles of its scenes: what their tokens say beside their name. */
export const users = {
  nobody: { sub: "alice", claims: {} },
  finance: { sub: "fiona", claims: { department: "finance", employee_level: "senior", cost_center: "CC-1001" } },
  engineering: { sub: "erik", claims: { department: "engineering" } },
} as const;
