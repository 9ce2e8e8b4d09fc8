// Claims of a process that is alone with its answers.
import type { AnswerStore } from '../ports.ts';

export function localClaims(): AnswerStore['claim'] {
  const claims = new Map<string, Buffer>();
  return async (keyDigest, requestDigest) => {
    const first = claims.get(keyDigest);
    if (first !== undefined) return { isOurs: false, requestDigest: first };
    claims.set(keyDigest, requestDigest);
    let isReleased = false;
    return {
      isOurs: true,
      async release() {
        if (!isReleased) claims.delete(keyDigest);
        isReleased = true;
      },
    };
  };
}
