// The bank as an HTTP function of Google Cloud, in the server of the Functions Framework.
import { http } from '@google-cloud/functions-framework'
import { getTestServer } from '@google-cloud/functions-framework/testing'
import { googleFunction } from '../../../docs/examples/google-function.ts'
import { openBank } from './open-bank.ts'
import { printUrl } from './serve.ts'

http('bank', googleFunction(openBank()))
printUrl(getTestServer('bank'))
