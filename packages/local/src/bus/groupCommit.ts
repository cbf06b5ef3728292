/**
 * Makes one slow write out of many: what arrives while a write is under way goes together into the next one. With a
 * write that waits for the disk, a single writer waits for one flush and a hundred at once wait for two, not for a
 * hundred.
 * @returns a function whose promise settles as the write that carried its items does.
 */
export function groupCommit<Item>(
  write: (items: readonly Item[]) => Promise<void>,
): (items: readonly Item[]) => Promise<void> {
  let next: { items: Item[]; done: PromiseWithResolvers<void> } | undefined;
  let writing = false;

  async function run(): Promise<void> {
    writing = true;
    while (next !== undefined) {
      const group = next;
      next = undefined;
      await write(group.items).then(group.done.resolve, group.done.reject);
    }
    writing = false;
  }

  return (items) => {
    next ??= { items: [], done: Promise.withResolvers() };
    next.items.push(...items);
    const { promise } = next.done;
    if (!writing) void run();
    return promise;
  };
}
