/* Runs a SavedModel without Python, as a server does.

   run_saved_model DIRECTORY [--in TENSOR TYPE SHAPE FILE]... [--out TENSOR FILE]... [--run ...]

   A tensor is named as in a SignatureDef: generate_seed:0, StatefulPartitionedCall:0. TYPE is int32
   or float32, SHAPE is 4,2 and a FILE holds the numbers as they lie in memory. What stands after
   --run is another call of the same session. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensorflow/c/c_api.h"

enum { MAX_TENSORS = 8, MAX_AXES = 8 };

static TF_Graph *graph;
static TF_Session *session;
static TF_Status *status;

static void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static void check(const char *what) {
  if (TF_GetCode(status) != TF_OK) fail(what, TF_Message(status));
}

static TF_Output find(const char *tensor) {
  char name[512];
  int index = 0;
  if (sscanf(tensor, "%511[^:]:%d", name, &index) != 2) fail(tensor, "is no NAME:INDEX");
  TF_Output output = {TF_GraphOperationByName(graph, name), index};
  if (output.oper == NULL) fail(tensor, "is not in the graph");
  return output;
}

static TF_Tensor *read_tensor(const char *type, const char *shape, const char *path) {
  int64_t sizes[MAX_AXES], count = 1;
  int axes = 0;
  for (const char *at = shape; *at != '\0' && axes < MAX_AXES; at += *at == ',') {
    char *end;
    sizes[axes] = strtoll(at, &end, 10);
    count *= sizes[axes++];
    at = end;
  }
  TF_DataType dtype = strcmp(type, "int32") == 0 ? TF_INT32 : TF_FLOAT;
  TF_Tensor *tensor = TF_AllocateTensor(dtype, sizes, axes, count * TF_DataTypeSize(dtype));
  FILE *file = fopen(path, "rb");
  size_t size = TF_TensorByteSize(tensor);
  if (file == NULL || fread(TF_TensorData(tensor), 1, size, file) != size)
    fail(path, "is not of that size");
  fclose(file);
  return tensor;
}

static void write_tensor(TF_Tensor *tensor, const char *path) {
  FILE *file = fopen(path, "wb");
  size_t size = TF_TensorByteSize(tensor);
  if (file == NULL || fwrite(TF_TensorData(tensor), 1, size, file) != size || fclose(file) != 0)
    fail(path, "cannot be written");
}

/* Makes one call of what stands between two --run; returns the place after it. */
static int run(int at, int argc, char **argv) {
  static TF_Output inputs[MAX_TENSORS], outputs[MAX_TENSORS];
  static TF_Tensor *given[MAX_TENSORS], *answers[MAX_TENSORS];
  static const char *paths[MAX_TENSORS];
  int ins = 0, outs = 0;
  while (at < argc && strcmp(argv[at], "--run") != 0) {
    if (strcmp(argv[at], "--in") == 0 && at + 4 < argc && ins < MAX_TENSORS) {
      inputs[ins] = find(argv[at + 1]);
      given[ins++] = read_tensor(argv[at + 2], argv[at + 3], argv[at + 4]);
      at += 5;
    } else if (strcmp(argv[at], "--out") == 0 && at + 2 < argc && outs < MAX_TENSORS) {
      outputs[outs] = find(argv[at + 1]);
      paths[outs++] = argv[at + 2];
      at += 3;
    } else {
      fail(argv[at], "is neither a whole --in nor a whole --out");
    }
  }
  TF_SessionRun(session, NULL, inputs, given, ins, outputs, answers, outs, NULL, 0, NULL, status);
  check("TF_SessionRun");
  for (int i = 0; i < outs; i++) write_tensor(answers[i], paths[i]), TF_DeleteTensor(answers[i]);
  for (int i = 0; i < ins; i++) TF_DeleteTensor(given[i]);
  return at + 1;
}

int main(int argc, char **argv) {
  if (argc < 2) fail(argv[0], "expects the directory of a SavedModel");
  const char *tags[] = {"serve"};
  graph = TF_NewGraph();
  status = TF_NewStatus();
  TF_SessionOptions *options = TF_NewSessionOptions();
  session =
      TF_LoadSessionFromSavedModel(options, NULL, argv[1], tags, 1, graph, NULL, status);
  check("TF_LoadSessionFromSavedModel");
  for (int at = 2; at < argc;) at = run(at, argc, argv);
  TF_CloseSession(session, status);
  TF_DeleteSession(session, status);
  TF_DeleteSessionOptions(options);
  TF_DeleteGraph(graph);
  TF_DeleteStatus(status);
  return 0;
}
