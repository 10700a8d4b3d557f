export { type LambdaBundle, type LambdaBundleOptions, lambdaBundle } from './lambda-bundle.ts'
