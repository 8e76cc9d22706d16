/** The comment at the top of each pipeline that `pipeline init` writes. */
export const NEXT_COMMANDS = `\
#
#   npx pipeline run       runs the stages that are not up to date
#   npx pipeline metrics   compares the results in a table
#   npx pipeline ui        shows stages, files and figures in a browser
#
# The file schema/pipeline.schema.json of the package describes the parameters of each stage type.`;
