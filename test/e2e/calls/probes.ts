// What orchestrators and dashboards ask.
import { describe, expect, test } from '@jest/globals';
import type { WorldNow } from './calls-suite.ts';

export function probeTests(world: WorldNow): void {
  describe('probes', () => {
    test.each(['/healthz', '/readyz', '/api/ai/health'])('%s says that all is well, without a key', async (path) => {
      const answer = await fetch(`${world().url}${path}`);
      expect(answer.status).toBe(200);
      await answer.text();
    });

    test('/metrics counts in the format of Prometheus', async () => {
      const answer = await fetch(`${world().url}/metrics`);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toMatch(/^waybill_\w+(\{.*\})? \d/m);
    });
  });
}
