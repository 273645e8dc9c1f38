// The example of the paper, as it is printed there: accepted, and a working function made of it.
#include <gtest/gtest.h>

#include "support.h"

namespace avagen {
namespace {

// Figure 4 of "Automatic Virtualization of Accelerators" (HotOS'19).
constexpr const char* kFigure = R"(type(cl_int) { success(CL_SUCCESS); }
#include <CL/cl.h>
cl_int clEnqueueReadBuffer(
    cl_command_queue command_queue,
    cl_mem buf, cl_bool blocking_read,
    size_t offset, size_t size, void *ptr,
    cl_uint num_events_in_wait_list,
    const cl_event *event_wait_list, cl_event *event) {
    if(blocking_read == CL_TRUE) sync; else async;
    parameter(ptr) { out; buffer(size); }
    parameter(event_wait_list) {
        buffer(num_events_in_wait_list); }
    parameter(event) { out; element { allocates; } }
}
)";

class Paper : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists("/usr/include/CL/cl.h")) GTEST_SKIP() << "no OpenCL headers";
  }
  const Function& function(const Compiled& run) const { return run.result.model.functions.front(); }
  TemporaryFolder folder_;
};

TEST_F(Paper, FigureIsTheFileThatTheBuildCompiles) {
  EXPECT_EQ(content(kTests / "avagen" / "paper" / "figure4.ava"), kFigure);
}

TEST_F(Paper, FigureIsAcceptedVerbatim) {
  const Compiled run(folder_.write("figure.ava", kFigure));
  ASSERT_TRUE(run.succeeded) << run.diagnostics();
  const Function& read = function(run);
  ASSERT_EQ(read.name, "clEnqueueReadBuffer");
  using Kind = Parameter::Kind;
  const Kind kinds[] = {Kind::kHandle, Kind::kHandle,    Kind::kNumber,
                        Kind::kNumber, Kind::kNumber,    Kind::kOut,
                        Kind::kNumber, Kind::kInHandles, Kind::kOutHandle};
  for (size_t i = 0; i < std::size(kinds); ++i) {
    EXPECT_EQ(read.parameters[i].kind, kinds[i]) << read.parameters[i].name;
  }
  EXPECT_TRUE(read.parameters[8].allocates);
  // Nothing in the figure says when an event completes. So a read that does not wait is refused
  // rather than answered before its bytes are there, and avagen says so.
  EXPECT_TRUE(run.reported(Code::kNoCompletion));
  EXPECT_EQ(read.mode, Function::Mode::kSync);
}

TEST_F(Paper, FigureIsAsynchronousOnceEventsSayWhenTheyComplete) {
  const std::string completion =
      "type(cl_event) {\n"
      "  completion(query(clGetEventInfo, CL_EVENT_COMMAND_EXECUTION_STATUS, cl_int));\n"
      "}\n";
  std::string more = completion;
  more.insert(more.find("completion"), "handle; ");
  const Compiled run(folder_.write("figure.ava", kFigure + more));
  ASSERT_TRUE(run.succeeded) << run.diagnostics();
  EXPECT_FALSE(run.reported(Code::kNoCompletion));
  EXPECT_EQ(function(run).mode, Function::Mode::kConditional);
  EXPECT_EQ(function(run).parameters[5].until, 8);  // the bytes land when the event completes
}

}  // namespace
}  // namespace avagen
