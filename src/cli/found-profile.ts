/** A file of its own, because it loads the YAML parser, which most runs do not need. */
export {
  defaultProfile,
  findProfile,
  profileFile,
  unknownLocalStages,
  whyNoCluster,
} from '../runner/index.ts';
