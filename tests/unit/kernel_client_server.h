#pragma once

#include "kernel/object/endpoint.h"
#include "kernel_programs.h"

namespace pith::kernel {

/// A client, which runs first, and a server with an endpoint between them.
class ClientAndServer : public Programs {
  protected:
    void SetUp() override {
        system_.settle();
        const Ref<Endpoint> endpoint = *system_.kernel().root_budget().make<Endpoint>();
        at_server_ = give(server_, *endpoint);
        at_client_ = give(client_, *endpoint, abi::rights::endpoint::call | abi::rights::copy);
    }
    static Simulation::Message last(const Simulation::Program& program) {
        return Simulation::message_of(*program.thread);
    }

    Simulation::Program& client_ = start();
    Simulation::Program& server_ = start();
    abi::Handle at_server_, at_client_;
};

} // namespace pith::kernel
