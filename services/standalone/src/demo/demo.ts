// `waybill demo`: traffic, a budget that holds, a crash in the middle of streams, and then the proof. No key needed.
import type { CommandDefinition } from '@waybill/service';
import { crash, oneDollar, traffic } from './acts.ts';
import { prove } from './proof.ts';
import { show } from './show.ts';
import { closeStage, openStage } from './stage.ts';

export const demoCommand: CommandDefinition = {
  name: 'demo',
  summary: 'show, without a key and within a minute, that the books are right',
  async run({ print, json }) {
    const stage = await openStage();
    const say = json ? () => {} : print;
    try {
      await traffic(stage, say);
      await oneDollar(stage, say);
      await crash(stage, say);
      const proof = await prove(stage);
      if (json) print(JSON.stringify(proof, (_name, value) => (typeof value === 'bigint' ? String(value) : value)));
      else show(proof, print);
      return proof.ok ? 0 : 1;
    } finally {
      await closeStage(stage);
    }
  },
};
