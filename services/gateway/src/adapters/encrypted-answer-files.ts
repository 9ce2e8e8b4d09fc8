// Answers kept for repeats: one encrypted file each.
import type { AnswerStore } from '../ports.ts';
import { decodeAnswer, encodeAnswer } from './answer-codec.ts';
import { localClaims } from './local-claims.ts';
import { openSealedFiles, type SealedFilesOptions } from './sealed-files.ts';

/** What a crash leaves half-written does not decrypt, and so counts as not kept. */
export async function openAnswerFiles(options: SealedFilesOptions): Promise<AnswerStore> {
  const files = await openSealedFiles(options);
  return {
    async load(name) {
      const plain = await files.load(name);
      return plain && decodeAnswer(plain);
    },
    save: async (name, answer) => void (await files.save(name, encodeAnswer(answer))),
    claim: localClaims(),
  };
}
