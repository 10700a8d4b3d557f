import type { Plugin } from 'esbuild'
import { patch } from './patch.ts'

const namespace = 'tailfold-environment-credentials'

/**
 * Stands in for the SDK's search for credentials (files, SSO, processes, container and instance metadata; a third of a
 * bundled client) with the variables that Lambda sets, read at every call. Files in the home directory, which a
 * function does not have, are not looked for; `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` still name some.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export function environmentCredentials(): Plugin {
  return {
    name: 'tailfold-environment-credentials',
    setup(build) {
      const { onResolve, onLoad } = build
      onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ path }) => ({ path, namespace }))
      onLoad({ filter: /./, namespace }, () => ({ contents: provider }))
      patch(
        build,
        /[\\/]shared-ini-file-loader[\\/](.*[\\/])?loadSharedConfigFiles\.js$/,
        /export const loadSharedConfigFiles = async \([^)]*\) => \{/,
        '$&if(!process.env.AWS_CONFIG_FILE&&!process.env.AWS_SHARED_CREDENTIALS_FILE)return{configFile:{},credentialsFile:{}};',
      )
    },
  }
}

/** The error has the name by which the SDK tells that it found no credentials, so that it is taken for that. */
const provider = `
export const defaultProvider = () => async () => {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_ACCOUNT_ID: accountId,
  } = process.env
  if (accessKeyId && secretAccessKey) {
    return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }), ...(accountId && { accountId }) }
  }
  const message =
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set, and this bundle looks nowhere else. Set them, as " +
    "Lambda does, or bundle with lambdaBundle({ credentials: 'chain' })."
  throw Object.assign(new Error(message), { name: 'CredentialsProviderError', tryNextLink: false })
}
`
