/**
 * Properties that SAM knows, for AWS's validator looks into no resource of SAM.
 *
 * Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html,
 * …/sam-property-function-httpapi.html, …-dynamodb.html, …-schedule.html and …/sam-resource-httpapi.html
 */
export const samProperties = {
  'AWS::Serverless::Function': words(`
    Architectures AssumeRolePolicyDocument AutoPublishAlias AutoPublishAliasAllProperties AutoPublishCodeSha256
    CodeSigningConfigArn CodeUri DeadLetterQueue DeploymentPreference Description Environment EphemeralStorage
    EventInvokeConfig Events FileSystemConfigs FunctionName FunctionUrlConfig Handler ImageConfig ImageUri InlineCode
    KmsKeyArn Layers LoggingConfig MemorySize PackageType PermissionsBoundary Policies PropagateTags
    ProvisionedConcurrencyConfig RecursiveLoop ReservedConcurrentExecutions Role RolePath Runtime
    RuntimeManagementConfig SnapStart SourceKMSKeyArn Tags Timeout Tracing VersionDescription VpcConfig`),
  'AWS::Serverless::HttpApi': words(`
    AccessLogSettings Auth CorsConfiguration DefaultRouteSettings DefinitionBody DefinitionUri Description
    DisableExecuteApiEndpoint Domain FailOnWarnings Name PropagateTags RouteSettings StageName StageVariables Tags`),
  /** Of an event of a function. */
  HttpApi: words('ApiId Auth Method Path PayloadFormatVersion RouteSettings TimeoutInMillis'),
  DynamoDB: words(`
    BatchSize BisectBatchOnFunctionError DestinationConfig Enabled FilterCriteria FunctionResponseTypes KmsKeyArn
    MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds MaximumRetryAttempts MetricsConfig ParallelizationFactor
    StartingPosition StartingPositionTimestamp Stream TumblingWindowInSeconds`),
  Schedule: words('DeadLetterConfig Description Enabled Input Name RetryPolicy RoleArn Schedule State'),
} as const satisfies Readonly<Record<string, readonly string[]>>

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/)
}
