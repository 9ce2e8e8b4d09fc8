import { run } from '@waybill/service';
import { gatewayService } from './service.ts';

await run([gatewayService]);
