#include "emit/results.h"

#include <span>

#include "emit/expression.h"
#include "emit/failure.h"
#include "emit/landings.h"
#include "emit/values.h"

namespace avagen {
namespace {

using Result = Function::Result;

class Results {
 public:
  Results(Writer& out, const Function& function) : out_(out), function_(function) {}

  void emit() {
    std::vector<Landing> landings;
    std::vector<Landing> others;  // that land on some failures, too
    for (const Parameter& parameter : function_.parameters) {
      if (parameter.is_error) continue;
      const size_t before = landings.size();
      for (Landing& landing : landings_of(function_, parameter)) {
        landings.push_back(std::move(landing));
      }
      if (parameter.also_on.empty()) continue;
      for (const Landing& landing : std::span(landings).subspan(before)) {
        others.push_back({"(success || " + also_on(parameter) + ")" +
                              (landing.guard.empty() ? "" : " && " + landing.guard),
                          landing.statement});
      }
      landings.resize(before);
    }
    const bool conditional = success() != "true";
    if ((landings.empty() && others.empty()) || !conditional) {
      out_.line("call.settle(" + success() + ");");
    } else {
      out_.line("const bool success = " + success() + ";");
      out_.line("call.settle(success);");
    }
    if (landings.size() == 1 || !conditional) {
      for (const Landing& landing : landings) {
        std::string guard = conditional ? "success" : "";
        if (!landing.guard.empty()) guard += (guard.empty() ? "" : " && ") + landing.guard;
        guard.empty() ? out_.line(landing.statement) : out_.guarded(guard, landing.statement);
      }
    } else if (!landings.empty()) {
      out_.open("if (success) {");
      for (const Landing& landing : landings) {
        landing.guard.empty() ? out_.line(landing.statement)
                              : out_.guarded(landing.guard, landing.statement);
      }
      out_.close();
    }
    for (const Landing& landing : others) out_.guarded(landing.guard, landing.statement);
    if (function_.error >= 0) {
      const Parameter& error = function_.parameters[static_cast<size_t>(function_.error)];
      out_.line("if (" + name(error) + " != nullptr) *" + name(error) + " = " +
                from_wire(*error.c.pointee, "reply->" + error.name + "()") + ";");
    }
    if (function_.maps_mirrored()) {
      out_.line("call.land_map(reply->ret_mapping());");
      out_.line("if (call.failed()) " + give_up(function_));
    }
    if (function_.result == Result::kMirrored) {
      out_.line("void* const ret = call.land_mirror(reply->ret(), " +
                name(*function_.mirrors->size) + ");");
      out_.line("if (call.failed()) " + give_up(function_));
      out_.line("return static_cast<" + function_.header->result.spelling + ">(ret);");
    } else if (function_.result == Result::kNumber) {
      out_.line("return " + from_wire(function_.header->result, "reply->ret()") + ";");
    } else if (function_.result == Result::kText) {
      out_.line("return guest::land_text(reply->ret());");
    } else if (function_.result == Result::kRecord) {
      out_.line("return guest::value_of<" + function_.header->result.spelling + ">(reply->ret());");
    } else if (function_.result == Result::kTable) {
      out_.line("return static_cast<" + function_.header->result.spelling +
                ">(guest::land_table(kFn_" + function_.name +
                ", reply->ret_number(), reply->ret(), " + "sizeof(" +
                plain_name(function_.header->result.pointee->spelling) + "), fill_" +
                function_.name + "));");
    } else if (function_.result == Result::kMapped) {
      out_.line("void* const ret = call.land_map(reply->ret());");
      out_.line("if (call.failed()) " + give_up(function_));
      out_.line("return static_cast<" + function_.header->result.spelling + ">(ret);");
    } else if (function_.result == Result::kHandle) {
      out_.line("return static_cast<" + function_.header->result.spelling +
                ">(call.land_handle(reply->ret(), " + type_constant(*function_.result_type) + ", " +
                (function_.allocates ? "true" : "false") + "));");
    }
  }

 private:
  static std::string name(const Parameter& parameter) { return local(parameter, Side::kGuest); }

  std::string success() const {
    if (function_.result == Result::kTable) return "reply->ret() != nullptr";
    if (function_.returns_address()) {
      return "reply->ret() != 0";
    }
    if (function_.result == Result::kNumber && function_.values.success != nullptr) {
      return "reply->ret() == " + value_text(function_.values.success);
    }
    return "true";
  }

  // The results besides success with which an output is written.
  std::string also_on(const Parameter& parameter) const {
    const std::string result =
        function_.error < 0
            ? "reply->ret()"
            : "reply->" + function_.parameters[static_cast<size_t>(function_.error)].name + "()";
    std::vector<std::string> results;
    for (const Expr* value : parameter.also_on) {
      results.push_back(result + " == " + value_text(value));
    }
    return joined(results, " || ");
  }

  Writer& out_;
  const Function& function_;
};

}  // namespace

void emit_results(Writer& out, const Function& function) { Results(out, function).emit(); }

}  // namespace avagen
