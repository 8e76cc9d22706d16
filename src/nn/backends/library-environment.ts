/** Environment variables for the native libraries. Call it before a library is loaded. Values of the user stay. */
export function setLibraryEnvironment(environment: NodeJS.ProcessEnv): void {
  // Hides TensorFlow's startup messages in the logs of stages. Errors are still shown.
  environment.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // Otherwise, ONNX Runtime reports the models that it runs to Microsoft. It keeps a database in the user's cache for
  // that, which all processes share, and each process leaves a log in the temporary folder.
  environment.ORT_DISABLE_TELEMETRY ??= '1';
}
