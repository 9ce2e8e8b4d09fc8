import { run } from '@waybill/service';
import { costService } from './service.ts';

await run([costService]);
