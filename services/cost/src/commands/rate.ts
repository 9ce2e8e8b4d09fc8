// `waybill rate`: prices usage from standard input, one JSON object a line in and out.
import { faultOf } from '@waybill/kernel';
import { type CommandDefinition, systemClock } from '@waybill/service';
import { readRateRequest } from '../usecases/rate-request.ts';
import { rateUsageBy } from '../usecases/rate-usage.ts';

export const rateCommand: CommandDefinition = {
  name: 'rate',
  summary: 'price usage: a JSON object a line from standard input, one a line back',
  async run({ configuration, lines, print }) {
    const clock = systemClock();
    const rateUsage = rateUsageBy(configuration);
    let [line, failures] = [0, 0];
    for await (const text of lines) {
      line += 1;
      if (text.trim() === '') continue;
      try {
        print(JSON.stringify(rateUsage(readRateRequest(text, clock.nowMicros()))));
      } catch (thrown) {
        failures += 1;
        print(JSON.stringify({ error: faultOf(thrown).message, line }));
      }
    }
    return failures === 0 ? 0 : 1;
  },
};
