/**
 * A question that is asked once for everyone who wants to know at about the same time. Nobody is given an answer to a
 * question that was put before they asked, since it may be out of date for them.
 */
export function sharedQuestion<Answer>(put: () => Promise<Answer>): () => Promise<Answer> {
  let current: Promise<Answer> | undefined;
  let next: Promise<Answer> | undefined;

  return function ask(): Promise<Answer> {
    if (!current) {
      current = put().finally(() => {
        current = undefined;
      });
      return current;
    }
    const afterwards = () => {
      next = undefined;
      return ask();
    };
    next ??= current.then(afterwards, afterwards);
    return next;
  };
}
