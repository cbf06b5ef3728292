import fc from "fast-check";

/** For tests only: a name that AgentCore allows a target. */
export const targetName = fc.stringMatching(/^[0-9a-zA-Z](?:-?[0-9a-zA-Z]){0,20}$/);

const segment = fc.stringMatching(/^[A-Za-z0-9_~!$&()*+,;=:@-]{0,8}$/);

/** For tests only: a URI in normal form. */
export const normalUri = fc
  .record({
    scheme: fc.constantFrom("file://", "docs://Guide", "x:a", "urn:isbn:1", "https://example.com"),
    path: fc.array(segment, { maxLength: 4 }),
    query: fc.option(segment),
    fragment: fc.option(segment),
  })
  .map(({ scheme, path, query, fragment }) => {
    const end = `${query === null ? "" : `?${query}`}${fragment === null ? "" : `#${fragment}`}`;
    return `${scheme}/${path.join("/")}${end}`;
  });
