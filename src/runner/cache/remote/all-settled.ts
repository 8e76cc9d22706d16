/** The values of all promises. Rejects after all have settled, so that nothing goes on afterwards. */
export async function allSettled<T>(promises: Iterable<Promise<T>>): Promise<T[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
