// Programs whose source is spread over files of the application's own.
//
// usage: headers FOLDER
//
// Makes FOLDER its working directory, writes headers there, and says so with a line of its own;
// then waits for a line, so that others can put files of the same names elsewhere. What a kernel
// computes tells which header it was built with.
#include <sys/stat.h>
#include <unistd.h>

#include "../semantics/semantics.h"

static struct session session;

static void write_file(const char* path, const char* text) {
  FILE* file = fopen(path, "w");
  if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) {
    perror(path);
    exit(1);
  }
}

static void make_files(void) {
  mkdir("headers", 0777);
  mkdir("headers/deep", 0777);
  mkdir("other", 0777);
  mkdir("with space", 0777);
  write_file("here.h", "#define VALUE 1\n");
  write_file("headers/value.h", "#define VALUE 2\n");
  write_file("headers/nested.h", "#include \"deep/first.h\"\n#include <second.h>\n");
  write_file("headers/deep/first.h", "#include \"beside.h\"\n#define FIRST (BESIDE + 1)\n");
  write_file("headers/deep/beside.h", "#define BESIDE 10\n");
  write_file("other/second.h", "#define VALUE (FIRST + 20)\n");
  write_file("other/value.h", "#define VALUE 3\n");
  write_file("with space/spaced.h", "#define VALUE 5\n");
  write_file("headers/once.h", "#pragma once\nconstant int once = 4;\n");
  write_file("headers/empty.h", "");
  write_file("headers/name.h",
             "constant char name[] = __FILE__;\n"
             "#define VALUE name[0] * 1000 + name[8] * 100 + (int)sizeof name\n");
  write_file("headers/below.h", "#include \"absent.h\"\n");
  write_file("headers/wrong.h",
             "\n#define VALUE missing_name\nint wrong(void) { return VALUE; }\n");
  symlink("deep/beside.h", "headers/link.h");
  FILE* large = fopen("headers/large.h", "w");  // many pieces on the wire
  for (int i = 0; i < 20000; ++i) fprintf(large, "// line %d of a header that is long\n", i);
  fprintf(large, "enum { VALUE = __LINE__ };\n");
  fclose(large);
}

static cl_program from_source(const char* source) {
  return CHECKED(clCreateProgramWithSource(session.context, 1, &source, NULL, &status));
}

static void show_build(cl_program program) {
  char text[16384] = "";
  CHECK(clGetProgramBuildInfo(program, session.device, CL_PROGRAM_BUILD_OPTIONS, sizeof text, text,
                              NULL));
  printf("  options '%s'\n", text);
  CHECK(clGetProgramBuildInfo(program, session.device, CL_PROGRAM_BUILD_LOG, sizeof text, text,
                              NULL));
  printf("  log '%s'\n", text);
}

// Runs the program's kernel `run`, which writes numbers.
static void show_numbers(cl_program program, size_t count) {
  cl_int numbers[32] = {0};
  cl_kernel kernel = CHECKED(clCreateKernel(program, "run", &status));
  cl_mem out = CHECKED(
      clCreateBuffer(session.context, CL_MEM_COPY_HOST_PTR, sizeof numbers, numbers, &status));
  CHECK(clSetKernelArg(kernel, 0, sizeof out, &out));
  CHECK(clEnqueueTask(session.queue, kernel, 0, NULL, NULL));
  CHECK(
      clEnqueueReadBuffer(session.queue, out, CL_TRUE, 0, sizeof numbers, numbers, 0, NULL, NULL));
  for (size_t i = 0; i < count; ++i) printf(" %d", numbers[i]);
  printf("\n");
  CHECK(clReleaseMemObject(out));
  CHECK(clReleaseKernel(kernel));
}

// Builds, and says what came of it.
static void build(const char* what, const char* source, const char* options) {
  printf("%s:", what);
  cl_program program = from_source(source);
  const cl_int result = clBuildProgram(program, 1, &session.device, options, NULL, NULL);
  if (result == CL_SUCCESS) {
    show_numbers(program, 1);
  } else {
    printf(" failed with %d\n", result);
  }
  show_build(program);
  CHECK(clReleaseProgram(program));
}

#define KERNEL "kernel void run(global int* out) { *out = VALUE; }\n"

static void folders(void) {
  build("no option", "#include \"here.h\"\n" KERNEL, NULL);
  build("apart", "#include <value.h>\n" KERNEL, "-I headers");
  build("together", "#include <value.h>\n" KERNEL, "-Iother");
  build("the first of two", "#include <value.h>\n" KERNEL, "-I other -Iheaders");
  build("none and one", "#include <value.h>\n" KERNEL, "-I nowhere -Iheaders -DX=1");
  build("quoted", "#include \"spaced.h\"\n" KERNEL, "-I \"with space\"");
  build("nested", "#include \"nested.h\"\n" KERNEL, "-Iheaders -Iother");
  build("upwards", "#include <../other/value.h>\n" KERNEL, "-Iheaders");
  build("by the working directory", "#include <value.h>\n" KERNEL, "-I/proc/self/cwd/headers");
  build("by a macro",
        "#define TEXT(x) #x\n#define PATH(x) TEXT(x)\n#include PATH(PLACE/value.h)\n" KERNEL,
        "-D PLACE=/proc/self/cwd/other");
}

static void contents(void) {
  build("large", "#include \"large.h\"\n" KERNEL, "-Iheaders");
  build("empty", "#include \"empty.h\"\n#define VALUE 6\n" KERNEL, "-Iheaders");
  build("a link", "#include \"link.h\"\n#define VALUE BESIDE\n" KERNEL, "-Iheaders");
  build("once by two names",
        "#include \"once.h\"\n#include \"deep/../once.h\"\n#define VALUE once\n" KERNEL,
        "-Iheaders");
  build("its own name", "#include \"name.h\"\n" KERNEL, "-Iheaders");
  build("asked for",
        "#if __has_include(\"value.h\") && !__has_include(\"nothing.h\")\n"
        "#define VALUE 7\n#endif\n" KERNEL,
        "-Iheaders");
}

static void failures(void) {
  build("missing", "#include \"nothing.h\"\n" KERNEL, "-Iheaders -I other");
  build("missing below", "#include \"below.h\"\n" KERNEL, "-Iheaders");
  build("a folder", "#include \"deep\"\n" KERNEL, "-Iheaders");
  build("an error in it", "#include \"wrong.h\"\n" KERNEL, "-Iheaders");
}

static void changes(void) {
  static const char kSource[] = "#include \"changing.h\"\n" KERNEL;
  for (int i = 0; i < 3; ++i) {
    char text[64];
    snprintf(text, sizeof text, "#define VALUE (100 + %d)\n", i);
    write_file("headers/changing.h", text);
    build("changed", kSource, "-Iheaders");
  }
  build("unchanged", kSource, "-Iheaders");
  unlink("headers/changing.h");
  build("gone", kSource, "-Iheaders");
  cl_program program = from_source("#include \"value.h\"\n" KERNEL);
  for (int i = 0; i < 2; ++i) {  // the same program, elsewhere
    CHECK(clBuildProgram(program, 0, NULL, i == 0 ? "-Iheaders" : "-Iother", NULL, NULL));
    show_numbers(program, 1);
  }
  CHECK(clReleaseProgram(program));
  chdir("other");
  build("moved", "#include \"value.h\"\n" KERNEL, NULL);
  chdir("..");
}

static void compile(void) {
  cl_program program = from_source(
      "#include <value.h>\n#include <given.h>\n"
      "kernel void run(global int* out) { out[0] = VALUE; out[1] = GIVEN; }\n");
  cl_program given = from_source("#define GIVEN (VALUE * 8)\n");
  const char* name = "given.h";
  SHOW(clCompileProgram(program, 1, &session.device, "-I headers", 1, &given, &name, NULL, NULL));
  show_build(program);
  cl_program linked = SHOW_NEW(
      clLinkProgram(session.context, 1, &session.device, NULL, 1, &program, NULL, NULL, &status));
  show_numbers(linked, 2);
  CHECK(clReleaseProgram(linked));
  CHECK(clReleaseProgram(given));
  CHECK(clReleaseProgram(program));
}

static void* build_beside(void* number) {
  char options[32];
  snprintf(options, sizeof options, "-I%s -DN=%d", *(int*)number % 2 == 0 ? "headers" : "other",
           *(int*)number);
  cl_program program = from_source(
      "#include <value.h>\nkernel void run(global int* x) {"
      " *x = VALUE * 100 + N; }\n");
  CHECK(clBuildProgram(program, 1, &session.device, options, NULL, NULL));
  return program;
}

static void threads(void) {
  pthread_t all[4];
  int numbers[4];
  for (int i = 0; i < 4; ++i) {
    numbers[i] = i;
    pthread_create(&all[i], NULL, build_beside, &numbers[i]);
  }
  for (int i = 0; i < 4; ++i) {
    void* program = NULL;
    pthread_join(all[i], &program);
    show_numbers(program, 1);
    CHECK(clReleaseProgram(program));
  }
}

static void CL_CALLBACK inside(cl_event event, cl_int event_status, void* user_data) {
  (void)event;
  (void)event_status;
  int number = 40;
  cl_program* program = user_data;
  cl_program built = build_beside(&number);
  __atomic_store_n(program, built, __ATOMIC_RELEASE);
}

// The thread on which callbacks run may build, too.
static void in_a_callback(void) {
  cl_program program = NULL;
  cl_event event = CHECKED(clCreateUserEvent(session.context, &status));
  CHECK(clSetEventCallback(event, CL_COMPLETE, inside, &program));
  CHECK(clSetUserEventStatus(event, CL_COMPLETE));
  while (__atomic_load_n(&program, __ATOMIC_ACQUIRE) == NULL) usleep(1000);
  show_numbers(program, 1);
  CHECK(clReleaseProgram(program));
  CHECK(clReleaseEvent(event));
}

int main(int argc, char** argv) {
  if (argc != 2 || chdir(argv[1]) != 0) {
    fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  make_files();
  session = session_open();
  printf("ready\n");
  fflush(stdout);
  getchar();
  folders();
  contents();
  failures();
  changes();
  compile();
  threads();
  in_a_callback();
  session_close(&session);
  return 0;
}
